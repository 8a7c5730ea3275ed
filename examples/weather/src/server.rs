//! What every example does around its framework: log, listen, say so, stop when told.

use std::{
    env,
    io::{self, IsTerminal, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use tracing_subscriber::{filter::Targets, prelude::*};

use crate::{Development, Failure};

/// Logs to stderr what `RUST_LOG` asks for (such as `info,requires_auth=debug`), by default `info`.
///
/// # Errors
///
/// A `RUST_LOG` that means nothing, or a log that was started before.
pub fn log_to_stderr() -> Result<(), Failure> {
    log_to_stderr_by_default("info")
}

pub(crate) fn log_to_stderr_by_default(filter: &str) -> Result<(), Failure> {
    let filter = variable("RUST_LOG")?.unwrap_or_else(|| filter.to_owned());
    let filter: Targets = filter.parse().map_err(|error| format!("RUST_LOG must be such as info: {error}"))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    tracing_subscriber::registry().with(lines.with_filter(filter)).try_init()?;
    Ok(())
}

/// Where to listen: on loopback, at `PORT` or else 8000; 0 takes a free port. For a framework that listens by itself.
///
/// # Errors
///
/// A `PORT` that is no port.
pub fn address() -> Result<SocketAddr, Failure> {
    let port = port(variable("PORT")?.as_deref())?;
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

/// Listens at that [`address`].
///
/// The listener is std's, which every framework can take over, and does not block.
///
/// # Errors
///
/// A `PORT` that is no port, or one that is taken.
pub fn listen() -> Result<TcpListener, Failure> {
    let address = address()?;
    let listener = TcpListener::bind(address)
        .map_err(|error| format!("cannot listen on {address}: {error}; set PORT to another port, or to 0"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// A variable that is set to something unreadable is not the same as one that is not set.
fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} is set to something that is not UTF-8").into()),
    }
}

fn port(value: Option<&str>) -> Result<u16, Failure> {
    match value.map(str::trim) {
        None | Some("") => Ok(8000),
        Some(value) => {
            Ok(value.parse().map_err(|_| format!("PORT must be a number from 0 to 65535, not '{value}'"))?)
        }
    }
}

/// Says on stdout where the API listens, and after it what a development authority has to offer.
pub fn announce(address: SocketAddr, development: Option<&Development>) {
    say(address, development, None);
}

/// The same of an API that speaks gRPC, which curl does not: `client` is the command that calls it.
pub fn announce_grpc(address: SocketAddr, development: Option<&Development>, client: &str) {
    say(address, development, Some(client));
}

fn say(address: SocketAddr, development: Option<&Development>, grpc: Option<&str>) {
    let mut stdout = io::stdout().lock();
    // Whoever started this may have stopped reading, as `head -1` does. That is no reason not to serve.
    let _ = writeln!(stdout, "listening on http://{address}");
    if let Some(development) = development {
        let _ = write!(stdout, "\n{}", development.lines_to_paste(address, grpc));
    }
    let _ = stdout.flush();
}

/// Waits until the process is told to stop: SIGINT or SIGTERM, or Ctrl-C where there are no signals. Told once more, it
/// ends at once, whoever is still being served.
///
/// The signals are caught from this call on, not from the first poll, so that none is lost while a server starts.
///
/// # Errors
///
/// No signal can be caught, for example outside a tokio runtime's reach.
pub fn shutdown_signal() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let mut signals = Signals::catch()?;
    Ok(async move {
        signals.next().await;
        tracing::info!("stopping");
        tokio::spawn(async move {
            signals.next().await;
            std::process::exit(1);
        });
    })
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn catch() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}

#[cfg(test)]
mod tests {
    use super::port;

    #[test]
    fn port_is_8000_unless_told() {
        assert_eq!(port(None).unwrap(), 8000);
        assert_eq!(port(Some("")).unwrap(), 8000);
        assert_eq!(port(Some(" 0 ")).unwrap(), 0);
        assert_eq!(port(Some("65535")).unwrap(), 65535);
    }

    #[test]
    fn names_a_port_that_is_none() {
        for value in ["65536", "-1", "http"] {
            let failure = port(Some(value)).unwrap_err();
            assert_eq!(format!("{failure:?}"), format!("PORT must be a number from 0 to 65535, not '{value}'"));
        }
    }
}
