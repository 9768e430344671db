//! Flags for what shall go wrong, the same for `sim` and `dev`.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use sim::faults::{Chance, Fault, Faults, PROFILES, parse_fault};

/// What goes wrong, and from which seed.
#[derive(Args)]
pub(crate) struct FaultArguments {
    /// What shall go wrong between the provider and the application, by chance
    #[arg(long, value_name = "PROFILE", default_value = "none", value_parser = profiles())]
    faults: String,
    #[arg(long, value_name = "NAME=CHANCE", value_parser = parse_fault,
        help = "How often one thing goes wrong, from 0 to 1; may be repeated, and wins over --faults",
        long_help = about_faults())]
    fault: Vec<(Fault, Chance)>,
    /// Post callbacks again that were not taken, so many times [default: none, as far as is known of the provider]
    #[arg(long, value_name = "TIMES", default_value_t = 0, hide_default_value = true,
        value_parser = clap::value_parser!(u32).range(..=i64::from(sim::limits::CALLBACK_RETRIES_MAX)))]
    pub(crate) callback_retries: u32,
    /// Where all ids and all chance come from: the same seed gives the same [default: drawn]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

impl FaultArguments {
    /// All that may go wrong.
    ///
    /// # Errors
    /// There is no such profile.
    pub(crate) fn faults(&self) -> anyhow::Result<Faults> {
        let named = Faults::named(&self.faults).map_err(anyhow::Error::msg)?;
        Ok(self.fault.iter().fold(named, |faults, (fault, chance)| faults.with(*fault, *chance)))
    }

    /// The seed that was given, or one that was never used.
    pub(crate) fn seed(&self) -> u64 {
        self.seed.unwrap_or_else(rand::random)
    }
}

fn profiles() -> PossibleValuesParser {
    PossibleValuesParser::new(
        PROFILES.iter().map(|profile| PossibleValue::new(profile.name).help(profile.about)),
    )
}

fn about_faults() -> String {
    let lines: Vec<String> =
        Fault::ALL.iter().map(|fault| format!("\n- {}: {}", fault.name(), fault.about())).collect();
    format!(
        "How often one thing goes wrong, from 0, never, to 1, always; may be repeated, and wins over --faults. \
         Below 1 no request fails more than {} times in a row.\n\nWhat can go wrong:{}",
        sim::limits::FAULTS_IN_A_ROW_MAX,
        lines.concat()
    )
}
