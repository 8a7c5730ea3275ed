//! Debian's `nginx` in front of an API, as an administrator sets it up who lets the API decide who may see a page.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::missing::Missing;
use crate::processes::{Folder, Process};
use crate::unpacked::{Unpacked, ports};
use crate::wait::within;

/// A running `nginx`. Dropping it stops it.
#[derive(Debug)]
pub struct Nginx {
    address: SocketAddr,
    _process: Process,
    /// Configuration and temporary files.
    _folder: Folder,
}

impl Nginx {
    /// Starts it in front of `page`, which it shows to every request that `api` answers with a status of 2xx.
    ///
    /// # Errors
    ///
    /// Its packages cannot be had here.
    ///
    /// # Panics
    ///
    /// It does not start.
    pub async fn asking(api: SocketAddr, page: SocketAddr) -> Result<Self, Missing> {
        let software = Unpacked::of("nginx").await?;
        let folder = Folder::new();
        for port in ports() {
            let port = u16::try_from(port).expect("a port");
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            let path = folder.path().join("nginx.conf");
            fs::write(&path, configuration(address, api, page)).expect("a folder to write to");
            let mut command = software.command("usr/sbin/nginx");
            command.arg("-p").arg(folder.path()).arg("-c").arg(path).args(["-e", "stderr"]);
            let mut process = Process::start(command);
            if listens(address, &mut process).await {
                return Ok(Self { address, _process: process, _folder: folder });
            }
            let why = process.complaints();
            assert!(why.contains("Address already in use"), "nginx does not start:\n{why}");
        }
        panic!("nginx starts at no port");
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Waits until it listens, or has ended.
async fn listens(address: SocketAddr, process: &mut Process) -> bool {
    within("nginx's first connection", async {
        while !process.has_ended() {
            if TcpStream::connect(address).await.is_ok() {
                // Another program may hold the port, and nginx has not found out yet.
                sleep(Duration::from_millis(50)).await;
                return !process.has_ended();
            }
            sleep(Duration::from_millis(10)).await;
        }
        false
    })
    .await
}

/// One process, which ends with the test; all files in its own folder; the locations as nginx's documentation of
/// `auth_request` has them.
fn configuration(address: SocketAddr, api: SocketAddr, page: SocketAddr) -> String {
    format!(
        r#"
        daemon off;
        master_process off;
        pid nginx.pid;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path client;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            large_client_header_buffers 4 64k;
            server {{
                listen {address};
                location / {{
                    auth_request /auth;
                    proxy_pass http://{page};
                }}
                location = /auth {{
                    internal;
                    proxy_pass http://{api};
                    proxy_pass_request_body off;
                    proxy_set_header Content-Length "";
                    proxy_set_header X-Original-URI $request_uri;
                }}
            }}
        }}
        "#
    )
}
