//! The points at which a process may die with something half done. Tests let it die at each of them; what is built
//! without tests has nothing of this.

use std::future::pending;

use parking_lot::Mutex;
use tokio::sync::Notify;

mod tests;

/// Where a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// A webhook has come, and nothing is stored.
    Received,
    /// A record is durable, and whoever brought its input has no answer.
    Appended,
    /// The input is answered for, and nothing of what the record decided is done.
    Answered,
    /// An action is about to be posted.
    Posting,
    /// The provider has answered, and nobody knows.
    Posted,
    /// A run is claimed since something of it is due, and nothing is done for it.
    Claimed,
}

impl Point {
    pub(crate) const ALL: [Point; 6] =
        [Point::Received, Point::Appended, Point::Answered, Point::Posting, Point::Posted, Point::Claimed];
}

/// Where this process dies, if anywhere.
#[derive(Default)]
pub(crate) struct Faults {
    armed: Mutex<Armed>,
    died: Notify,
}

#[derive(Default)]
enum Armed {
    #[default]
    No,
    /// The next passage counts as the first.
    At(Point, usize),
    Dead,
}

impl Faults {
    /// Lets it die at a point, when that is passed for the `nth` time.
    pub(crate) fn arm(&self, point: Point, nth: usize) {
        *self.armed.lock() = Armed::At(point, nth);
    }

    /// Returns once it has died.
    pub(crate) async fn died(&self) {
        self.died.notified().await;
    }

    /// A point is passed. Whoever passes one in a process that has died goes no further.
    pub(crate) async fn pass(&self, point: Point) {
        let is_dead = {
            let mut armed = self.armed.lock();
            if let Armed::At(deadly, nth) = &mut *armed
                && *deadly == point
            {
                *nth -= 1;
                if *nth == 0 {
                    *armed = Armed::Dead;
                    self.died.notify_one();
                }
            }
            matches!(*armed, Armed::Dead)
        };
        if is_dead {
            pending::<()>().await;
        }
    }
}
