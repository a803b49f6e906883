//! How long one thread worked on something.

/// The processor time of this thread since it was started: what a program costs, whatever else the machine does meanwhile. Where a system
/// does not tell the time of a thread, the time of the wall.
pub(crate) struct Stopwatch {
    #[cfg(unix)]
    started: f64,
    #[cfg(not(unix))]
    started: std::time::Instant,
}

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self { started: now() }
    }

    /// Seconds since the start.
    pub fn seconds(&self) -> f64 {
        #[cfg(unix)]
        let seconds = now() - self.started;
        #[cfg(not(unix))]
        let seconds = self.started.elapsed().as_secs_f64();
        seconds
    }
}

/// Seconds that this thread has worked.
#[cfg(unix)]
fn now() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

#[cfg(not(unix))]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn waiting_costs_nothing_and_work_does() {
        let watch = Stopwatch::start();
        std::thread::sleep(std::time::Duration::from_millis(200));
        let waited = watch.seconds();
        let worked = (0..20_000_000_u64).fold(1.0_f64, |sum, k| (sum + k as f64).sqrt());
        assert!(worked > 0.0 && waited < 0.1 && watch.seconds() > waited, "{waited} {}", watch.seconds());
    }
}
