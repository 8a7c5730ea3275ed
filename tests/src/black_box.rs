//! The weather API of every framework, as its users start it: one program must answer as the other.

use std::net::SocketAddr;
use std::path::Path;

use requires_auth::testing::Issuer;
use serde_json::Value;
use tokio::process::Command;

use crate::client::{Answer, Request, exchange};
use crate::processes::{Folder, Process};

/// Mounts the checks for the program of an example, in its own package. A gRPC API has a client, which answers for it.
#[macro_export]
macro_rules! black_box {
    ($program:literal) => {
        #[tokio::test]
        async fn every_printed_line_answers_as_it_says() {
            $crate::black_box::every_printed_line_answers_as_it_says(PROGRAM).await;
        }

        #[tokio::test]
        async fn answers_as_its_siblings() {
            $crate::black_box::answers_as_its_siblings(PROGRAM).await;
        }

        $crate::black_box!(@life $program);
    };
    ($program:literal, $client:literal) => {
        #[tokio::test]
        async fn every_printed_call_answers_as_it_says() {
            let client = env!(concat!("CARGO_BIN_EXE_", $client));
            $crate::black_box::every_printed_call_answers_as_it_says(PROGRAM, client).await;
        }

        $crate::black_box!(@life $program);
    };
    (@life $program:literal) => {
        const PROGRAM: &str = env!(concat!("CARGO_BIN_EXE_", $program));

        #[tokio::test]
        async fn stops_when_it_is_told() {
            $crate::black_box::stops_when_it_is_told(PROGRAM).await;
        }

        #[tokio::test]
        async fn has_a_doctor() {
            $crate::black_box::has_a_doctor(PROGRAM).await;
        }

        #[tokio::test]
        async fn says_what_is_missing() {
            $crate::black_box::says_what_is_missing(PROGRAM).await;
        }

        #[tokio::test]
        async fn does_not_take_unreadable_settings_for_none() {
            $crate::black_box::does_not_take_unreadable_settings_for_none(PROGRAM).await;
        }
    };
}

/// The program without a tenant, so with an authority of its own.
struct Program {
    process: Process,
    address: SocketAddr,
    lines: Vec<Line>,
    _folder: Folder,
}

/// A command that the program prints, and what it says of the answer.
struct Line {
    expectation: String,
    command: String,
}

impl Program {
    async fn start(program: &str) -> Self {
        let folder = Folder::new();
        let mut process = Process::start(command(program, &[("PORT", "0")], &folder));
        let address = process.line(|line| line.strip_prefix("listening on http://")?.parse().ok()).await;
        let mut lines = Vec::new();
        for _ in 0..7 {
            let expectation =
                process.line(|line| line.strip_prefix("# ").filter(|it| it.contains(": ")).map(str::to_owned));
            let expectation = expectation.await;
            let command = process.line(|line| (!line.is_empty()).then(|| line.to_owned())).await;
            lines.push(Line { expectation, command });
        }
        Self { process, address, lines, _folder: folder }
    }

    async fn send(&self, request: Request) -> Answer {
        exchange(self.address, &request).await
    }

    /// The `Authorization` of whom the printed lines name so.
    fn bearer(&self, who: &str) -> String {
        let line = self.lines.iter().find(|line| line.expectation.starts_with(who)).expect("a line of theirs");
        let (_, after) = line.command.split_once("'Authorization: ").expect("a token");
        after.split('\'').next().expect("a quote").to_owned()
    }
}

fn command(program: &str, variables: &[(&str, &str)], folder: &Folder) -> Command {
    let mut command = Command::new(Path::new(program));
    command.env_clear().envs(variables.iter().copied()).current_dir(folder.path());
    command
}

/// The lines are for pasting, so what they say must be so.
pub async fn every_printed_line_answers_as_it_says(program: &str) {
    let program = Program::start(program).await;
    for Line { expectation, command } in &program.lines {
        let (_, status) = expectation.split_once(": ").expect("who, then what");
        let quoted: Vec<_> = command.split('\'').skip(1).step_by(2).collect();
        let url = quoted.last().expect("a URL");
        let target = url.strip_prefix(&format!("http://{}", program.address)).expect("a URL of this program");
        let body = quoted.iter().find(|part| part.starts_with('{'));
        let authorization = quoted.iter().find_map(|part| part.strip_prefix("Authorization: "));
        let mut request = if body.is_some() { Request::post(target) } else { Request::get(target) };
        if let Some(authorization) = authorization {
            request = request.field("authorization", authorization);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = program.send(request).await;
        assert_eq!(answer.status.to_string(), status[..3], "{expectation}: {}", answer.text());
    }
}

/// The same in gRPC: the arguments of the client, after the `--` of `cargo run`, with the token in the environment.
pub async fn every_printed_call_answers_as_it_says(program: &str, client: &str) {
    let program = Program::start(program).await;
    for Line { expectation, command } in &program.lines {
        let (before, call) = command.split_once(" -- ").expect("arguments of the client");
        let token = before.strip_prefix("TOKEN='").and_then(|it| it.split('\'').next());
        // Quoted text at odd places; the rest is words.
        let parts = call.split('\'').enumerate();
        let arguments =
            parts.flat_map(|(at, part)| if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() });
        let mut command = Command::new(client);
        command.args(arguments).env_clear().envs(token.map(|token| ("TOKEN", token)));
        let said = crate::processes::run(command, std::time::Duration::from_secs(20)).await;
        let (_, code) = expectation.split_once(": ").expect("who, then what");
        let code = code.split(',').next().expect("a code");
        assert!(said.stdout.starts_with(code), "{expectation}: {} {}", said.stdout, said.stderr);
        assert_eq!(said.success, code == "OK");
        assert_eq!(said.stdout.contains("www-authenticate: Bearer realm="), code != "OK", "{}", said.stdout);
    }
}

/// Status, type, challenge and body: the same, whatever the framework.
pub async fn answers_as_its_siblings(program: &str) {
    let program = Program::start(program).await;
    let [reader, writer, daemon] = ["reader", "writer", "daemon"].map(|who| program.bearer(who));
    let get = |target: &str| Request::get(target);
    let report = |body: &str| Request::post("/api/reports").json(body);

    // Refusals, with the API's own words.
    let realm = program.send(get("/api/weather/seattle")).await.challenge().expect("a challenge").to_owned();
    let client_id = realm.split('"').nth(1).expect("a realm").to_owned();
    let scope = |name: &str| format!("api://{client_id}/{name}");
    let problem = |title: &str, status: u16, rest: &str| {
        format!(r#"{{"type":"about:blank","title":"{title}","status":{status},{rest}}}"#)
    };
    let missing = problem(
        "Unauthorized",
        401,
        r#""detail":"Send an access token in the Authorization header: Bearer, a space, the token.","reason":"missing_token""#,
    );
    let read_challenge = format!(r#"Bearer realm="{client_id}", scope="{}""#, scope("weather.read"));
    let write_challenge = format!(r#"Bearer realm="{client_id}", scope="{}""#, scope("weather.write"));
    let table = [
        (get("/api/weather/seattle"), &missing, &read_challenge),
        (get("/api/weather/seattle?units=nonsense"), &missing, &read_challenge),
        (report("{"), &missing, &write_challenge),
        (Request::post("/api/reports").endless_body("{\"description\":\""), &missing, &write_challenge),
    ];
    for (request, body, challenge) in table {
        let answer = program.send(request).await;
        assert_eq!((answer.status, answer.text(), answer.challenge()), (401, &**body, Some(&**challenge)));
        assert_eq!(answer.value("content-type"), Some("application/problem+json"));
    }
    for (bearer, request) in [(&reader, report("{")), (&writer, get("/api/weather/seattle")), (&daemon, report("{}"))] {
        assert_eq!(program.send(request.field("authorization", bearer)).await.status, 403);
    }

    // What the API says of itself.
    let page = program.send(get("/")).await;
    assert_eq!(page.status, 200);
    assert!(page.value("content-type").is_some_and(|it| it.starts_with("text/html")));
    assert!(page.text().contains(&format!("http://{}/api/reports", program.address)));
    let nothing = program.send(get("/api/reports")).await;
    assert_eq!((nothing.status, nothing.text()), (200, "[]"));
    assert!(is_json(&nothing));
    assert_eq!(program.send(get("/api/nothing")).await.status, 404);

    // What it says to those who may ask.
    let ask = async |target: &str| program.send(get(target).field("authorization", &reader)).await;
    let weather = ask("/api/weather/seattle?units=metric&state=wa").await;
    assert!(weather.status == 200 && is_json(&weather));
    let weather: Value = serde_json::from_slice(&weather.body).expect("JSON");
    assert!(weather["temp"].is_number() && weather["humidity"].is_number(), "{weather}");
    let complaints = [
        ("/api/weather/atlantis", 404),
        ("/api/weather/seattle?units=nonsense", 400),
        ("/api/weather/seattle?country=USA", 400),
    ];
    for (target, status) in complaints {
        let answer = ask(target).await;
        assert_eq!((answer.status, answer.challenge()), (status, None), "{target}");
        assert!(answer.value("content-type").is_some_and(|it| it.starts_with("text/plain")), "{target}");
        assert!(answer.text().starts_with("Invalid") || answer.text().contains("atlantis"), "{}", answer.text());
    }
    let fog = r#"{"description":" Fog ","location":{"city":"Seattle","state":"wa"}}"#;
    let filed = program.send(report(fog).field("authorization", &writer)).await;
    assert!(filed.status == 201 && is_json(&filed));
    let listed = program.send(get("/api/reports")).await;
    assert_eq!(listed.text(), format!("[{}]", filed.text()));
    let empty = r#"{"description":"","location":{"city":"Seattle"}}"#;
    let refused = program.send(report(empty).field("authorization", &writer)).await;
    assert_eq!((refused.status, refused.text()), (400, "Invalid description: it must not be empty."));
}

/// Some frameworks name the charset, which JSON does not have.
fn is_json(answer: &Answer) -> bool {
    answer.value("content-type").is_some_and(|it| it.split(';').next() == Some("application/json"))
}

/// Told by SIGTERM it ends well, and takes no more requests.
pub async fn stops_when_it_is_told(program: &str) {
    let program = Program::start(program).await;
    let address = program.address;
    assert!(tokio::net::TcpStream::connect(address).await.is_ok());
    assert!(program.process.terminate().await, "it ends with status 0");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

/// Half a configuration is no configuration: it does not start, and names what is missing.
pub async fn says_what_is_missing(program: &str) {
    let folder = Folder::new();
    let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    let command = command(program, &[("PORT", "0"), ("AzureAd__TenantId", tenant)], &folder);
    let finished = crate::processes::run(command, std::time::Duration::from_secs(20)).await;
    assert!(!finished.success && finished.stderr.contains("AzureAd__ClientId"), "{}", finished.stderr);
}

/// Settings that are there and cannot be read end the program with their name, and start no development authority.
pub async fn does_not_take_unreadable_settings_for_none(program: &str) {
    let folder = || (Folder::new(), Vec::new());
    let mut cases = Vec::new();
    let (directory, variables) = folder();
    std::fs::create_dir(directory.path().join("settings.json")).expect("a folder can be made");
    cases.push(("settings.json", directory, variables));
    #[cfg(unix)]
    {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;

        for target in ["nothing", "settings.json"] {
            let (linked, variables) = folder();
            std::os::unix::fs::symlink(target, linked.path().join("settings.json")).expect("a link can be made");
            cases.push(("settings.json", linked, variables));
        }
        for variable in ["OIDC_ALLOWED_CLIENTS", "AzureAd__TenantId", "AZURE_CLIENT_ID", "PORT"] {
            let (empty, mut variables) = folder();
            variables.push((variable, OsStr::from_bytes(b"\xa0spa")));
            cases.push((variable, empty, variables));
        }
    }
    for (named, folder, variables) in &cases {
        for argument in [None, Some("doctor")] {
            // The doctor does not listen.
            if argument.is_some() && *named == "PORT" {
                continue;
            }
            let mut command = command(program, &[("PORT", "0")], folder);
            command.envs(variables.iter().copied()).args(argument);
            let finished = crate::processes::run(command, std::time::Duration::from_secs(20)).await;
            let said = finished.stdout + &finished.stderr;
            assert!(!finished.success && said.contains(named), "{named} {argument:?}: {said}");
            assert!(!said.contains("listening") && !said.contains("DEVELOPMENT AUTHORITY"), "{named}: {said}");
            assert_eq!(finished.status == Some(2), argument.is_some(), "{named}: {said}");
        }
    }
}

/// `doctor` looks after the same settings, judges by the exit status, and prints neither colour nor token into a pipe.
pub async fn has_a_doctor(program: &str) {
    let issuer = Issuer::entra();
    let (folder, empty) = (Folder::new(), Folder::new());
    let settings = [
        ("AzureAd__TenantId", issuer.tenant_id()),
        ("AzureAd__ClientId", issuer.client_id()),
        ("AzureAd__Instance", issuer.url()),
    ];
    let token = issuer.token().user("ada").scope("weather.read");
    let (good, expired) = (token.bearer(), token.expired().sign());
    let table = [
        (true, "", 0, "Nothing is wrong."),
        (true, &good, 0, "The token verifies."),
        (true, &expired, 1, "answered with 401, expired."),
        (false, "", 2, ""),
    ];
    for (is_set_up, stdin, status, end) in table {
        let mut command = if is_set_up { command(program, &settings, &folder) } else { command(program, &[], &empty) };
        // A port that nobody can listen at: it does not listen.
        command.arg("doctor").env("PORT", "1");
        let said = crate::processes::run_with(command, stdin, std::time::Duration::from_secs(20)).await;
        assert_eq!(said.status, Some(status), "{}{}", said.stdout, said.stderr);
        assert!(said.stdout.contains(end), "{}", said.stdout);
        assert!(!said.stdout.contains('\x1b'), "no colour in a pipe");
        assert!(said.stdout.lines().all(|line| line.chars().count() <= 100), "{}", said.stdout);
        assert_eq!(said.stderr.is_empty(), status != 2, "{}", said.stderr);
        for part in stdin.split(['.', ' ']).filter(|part| part.len() > 20) {
            assert!(!said.stdout.contains(part) && !said.stderr.contains(part), "no part of the token is printed");
        }
    }
}
