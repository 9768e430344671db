//! A local Call Automation, and the people in its calls.
