//! What steers the calls, as a process of its own, and what it has cost.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A process that serves.
pub(crate) struct Process {
    child: Child,
    /// Its base URL.
    pub(crate) url: String,
}

/// What a process has used since it began.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    pub(crate) cpu: Duration,
    /// Unit: bytes that went to the disk.
    pub(crate) written: u64,
}

impl Process {
    /// Starts this very program again, in another part. It prints its base URL when it is ready.
    pub(crate) fn start(arguments: &[&str]) -> Process {
        Process::run(Command::new(std::env::current_exe().unwrap()).args(arguments))
    }

    /// Starts a program that prints its base URL when it is ready.
    pub(crate) fn run(program: &mut Command) -> Process {
        let mut child = program.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Process { child, url: url.trim().to_owned() }
    }

    pub(crate) fn used(&self) -> Used {
        let stat = self.read("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        // Behind the name: state is the first, utime the twelfth, stime the thirteenth. Unit: 1/100 s.
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        let io = self.read("io");
        let written = io.lines().find_map(|line| line.strip_prefix("write_bytes: ")).unwrap();
        Used { cpu: Duration::from_millis(ticks * 10), written: written.parse().unwrap() }
    }

    /// Unit: bytes of memory that are resident.
    pub(crate) fn resident(&self) -> u64 {
        let status = self.read("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
