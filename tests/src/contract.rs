//! What every framework mounts: each case is a test of its own, named `<framework>::contract::<case>`.

/// Makes the tests of a driver: the contract, the attacks over its sockets, and the process-wide verifier, each in a
/// module of that name. `gRPC` stands behind a server that speaks nothing else.
#[macro_export]
macro_rules! mount {
    ($server:ident $(, $protocol:ident)?) => {
        mod contract {
            use super::$server;
            $crate::__contract!($server $(, $protocol)?);
        }

        mod attacks {
            use super::$server;
            $crate::__alone! { attacks: $server;
                entra
                entra_while_time_stands_still
                plain_provider
                published
            }
        }

        mod process_wide {
            use super::$server;
            $crate::__alone! { process_wide: $server;
                serves_an_application_without_a_verifier
                gives_way_to_the_verifier_of_an_application
                stays_as_it_was_set
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __alone {
    ($theme:ident: $server:ty; $($case:ident)+) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            let path = concat!(module_path!(), "::", stringify!($case));
            $crate::alone::alone(path, $crate::cases::$theme::$case::<$server>()).await;
        }
    )+ };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __cases {
    ($server:ty; $($theme:ident { $($case:ident)+ })+) => { $($(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            $crate::cases::$theme::$case::<$server>().await;
        }
    )+)+ };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __contract {
    ($server:ty) => {
        $crate::__cases! { $server;
            answers {
                grants_who_meets_the_requirement
                grants_either_alternative_with_its_body
                asks_for_a_token
                refuses_a_wrong_token_with_its_reason
                names_all_scopes_that_are_needed
                forbids_what_no_scope_would_help
                challenges_for_an_authentication_context
                says_nothing_when_it_is_not_set_up
                answers_for_a_plain_provider
                leads_to_the_metadata_of_the_resource
            }
            carriage {
                refuses_a_second_authorization_header
                refuses_a_malformed_authorization_header
                reads_the_authorization_header_alone
                answers_whatever_else_is_sent
                takes_every_spelling_of_bearer
                decides_pipelined_requests_one_by_one
                guards_head_as_get
                leaves_options_alone
                leaves_unknown_paths_and_methods_alone
                guards_http_2
            }
            order {
                refuses_before_a_body_that_never_ends
                refuses_before_a_body_that_does_not_parse
                never_takes_an_unread_body_for_a_request
                refuses_before_arguments_that_do_not_parse
            }
            extractors {
                hands_over_the_token_or_refuses
                welcomes_anonymous_callers_but_no_wrong_tokens
                never_takes_a_wrong_token_for_an_optional_one
                never_mixes_callers_up
            }
            streams {
                guards_a_stream_of_events
                guards_the_handshake_of_a_websocket
            }
            keys {
                starts_while_the_issuer_is_down
                serves_while_the_issuer_is_down
                rolls_keys_over_under_load
                fetches_keys_once_for_all_first_requests
                fetches_once_per_cool_down_for_invented_keys
                forgets_clients_that_hang_up
            }
            lifecycle {
                keeps_two_applications_apart
                answers_who_waits_before_it_stops
            }
        }
    };
    // A case that makes no sense in gRPC stands in a comment, with the reason.
    ($server:ty, gRPC) => {
        $crate::__cases! { $server;
            answers {
                grants_who_meets_the_requirement
                grants_either_alternative_with_its_body
                asks_for_a_token
                refuses_a_wrong_token_with_its_reason
                names_all_scopes_that_are_needed
                forbids_what_no_scope_would_help
                challenges_for_an_authentication_context
                says_nothing_when_it_is_not_set_up
                answers_for_a_plain_provider
                leads_to_the_metadata_of_the_resource
            }
            carriage {
                refuses_a_second_authorization_header
                refuses_a_malformed_authorization_header
                reads_the_authorization_header_alone
                answers_whatever_else_is_sent
                takes_every_spelling_of_bearer
                // decides_pipelined_requests_one_by_one: HTTP/2 has streams instead; the driver sends many calls at once
                // guards_head_as_get: every call is a POST
                // leaves_options_alone: every call is a POST
                // leaves_unknown_paths_and_methods_alone: the layer is asked before the service knows the method; the driver
                //     shows both
                // guards_http_2: every case here does
            }
            order {
                refuses_before_a_body_that_never_ends
                refuses_before_a_body_that_does_not_parse
                // never_takes_an_unread_body_for_a_request: HTTP/2 has frames instead
                // refuses_before_arguments_that_do_not_parse: a message is all that a method takes
            }
            extractors {
                hands_over_the_token_or_refuses
                welcomes_anonymous_callers_but_no_wrong_tokens
                never_takes_a_wrong_token_for_an_optional_one
                never_mixes_callers_up
            }
            // guards_a_stream_of_events: a stream of messages instead, in the driver
            // guards_the_handshake_of_a_websocket: a stream in both directions needs no handshake of its own
            keys {
                starts_while_the_issuer_is_down
                serves_while_the_issuer_is_down
                rolls_keys_over_under_load
                fetches_keys_once_for_all_first_requests
                fetches_once_per_cool_down_for_invented_keys
                forgets_clients_that_hang_up
            }
            lifecycle {
                keeps_two_applications_apart
                answers_who_waits_before_it_stops
            }
        }
    };
}

/// A case that nobody mounts proves nothing, and no warning says so.
#[cfg(test)]
#[test]
fn every_case_is_mounted() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let (process_wide, contract) = include_str!("contract.rs").split_once("macro_rules! __contract").unwrap();
    let (in_http, in_grpc) = contract.split_once("gRPC) =>").unwrap();
    let mut cases = 0;
    for file in std::fs::read_dir(folder.join("src/cases")).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in source.lines() {
            let Some(declaration) = line.strip_prefix("pub async fn ") else { continue };
            let case = declaration.split('<').next().unwrap();
            let is_in = |list: &str| list.lines().any(|line| line.trim() == case);
            assert!(is_in(in_http) || is_in(process_wide), "{case} is mounted nowhere");
            let excluded = in_grpc.lines().any(|line| line.trim().starts_with(&format!("// {case}: ")));
            assert!(
                is_in(in_grpc) || excluded || is_in(process_wide),
                "{case} is mounted nowhere in gRPC, without a reason"
            );
            cases += 1;
        }
    }
    assert!(cases > 30);
}
