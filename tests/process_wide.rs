//! The contract of the process-wide verifier, in a process of its own: it is set once and stays.

macro_rules! cases {
    ($server:ty; $($case:ident)+) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            requires_auth_tests::cases::process_wide::$case::<$server>().await;
        }
    )+ };
}

macro_rules! mount {
    ($server:ty $(, gRPC)?) => {
        cases! { $server;
            serves_an_application_without_a_verifier
            gives_way_to_the_verifier_of_an_application
            stays_as_it_was_set
        }
    };
}

mod frameworks;
