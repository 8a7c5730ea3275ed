//! Games with an issuer that changes its keys, takes them back, is gone for a day and comes back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use requires_auth::testing::KeyPair;
use requires_auth::{Algorithm, Reason};
use requires_auth_reference::keys::{Key, Keys};
use requires_auth_reference::play::ASKS;
use requires_auth_reference::{Issuer, Profile, Reference};
use serde_json::Value;

use super::players::{HOUR, Players};
use super::random::Dice;

#[tokio::test]
async fn the_life_of_keys_is_that_of_the_reference() {
    for seed in [1, 22, 333] {
        Game::new(seed).await.play(220).await;
    }
}

struct Game {
    players: Players,
    reference: Reference,
    dice: Dice,
    tokens: Vec<String>,
    /// A few, as an issuer may publish one again.
    keys: Vec<KeyPair>,
    verdicts: BTreeMap<String, usize>,
}

impl Game {
    async fn new(seed: u64) -> Self {
        let players = Players::new().await;
        let (tenant, client) = (players.staff.tenant_id().to_owned(), players.staff.client_id().to_owned());
        let v2_issuer = players.staff.issuer();
        let issuer = |version, name: &str, audiences: &[String]| Issuer {
            authority: Some("staff".to_owned()),
            name: name.to_owned(),
            audiences: audiences.to_vec(),
            algorithms: vec![Algorithm::RS256, Algorithm::ES256],
            profile: Profile::Entra { tenant: tenant.clone(), version, v2_issuer: v2_issuer.clone() },
            keys: Keys::fetched(published(&players, version), players.now()),
        };
        let v1_issuer = format!("https://sts.windows.net/{tenant}/");
        let v2 = issuer("2.0", &v2_issuer, std::slice::from_ref(&client));
        let v1 = issuer("1.0", &v1_issuer, &[client.clone(), format!("api://{client}")]);
        let keys = vec![players.staff.signing_key(), KeyPair::p256(), KeyPair::p256(), KeyPair::p256()];
        let reference = Reference { issuers: vec![v2, v1] };
        Self { players, reference, dice: Dice(seed), tokens: Vec::new(), keys, verdicts: BTreeMap::new() }
    }

    async fn play(mut self, moves: usize) {
        for _ in 0..moves {
            match self.dice.byte() % 24 {
                0 | 1 => self.change_keys().await,
                2 => self.players.advance(Duration::from_mins(u64::from(self.dice.byte() % 5))),
                3 => self.players.clock.shift_wall_clock([-3_000, -61, 61, 3_000][usize::from(self.dice.byte() % 4)]),
                4 if self.dice.byte() < 64 => self.be_gone_for_a_day().await,
                4 => self.refresh().await,
                5..=9 => self.send_new().await,
                _ => self.send_again().await,
            }
        }
        println!("{:?}", self.verdicts);
        assert!(
            self.verdicts.contains_key("Ok(())") && self.verdicts.contains_key("Err(UnknownKey)"),
            "{:?}",
            self.verdicts
        );
    }

    async fn change_keys(&mut self) {
        let key = self.keys[usize::from(self.dice.byte()) % self.keys.len()].clone();
        self.players.staff.rotate_to(&key);
        if self.dice.byte() < 128 {
            self.players.staff.withdraw_old_keys();
        }
        self.refresh().await;
    }

    async fn refresh(&mut self) {
        self.players.refresh().await;
        self.adopt();
    }

    fn adopt(&mut self) {
        let now = self.players.now();
        for (issuer, version) in self.reference.issuers.iter_mut().zip(["2.0", "1.0"]) {
            issuer.keys.refresh(published(&self.players, version), now);
        }
    }

    async fn be_gone_for_a_day(&mut self) {
        // From one moment on for all.
        self.refresh().await;
        self.players.staff.go_down();
        self.players.advance(22 * HOUR);
        self.send_again().await;
        self.players.advance(2 * HOUR);
        for _ in 0..3 {
            self.send_again().await;
        }
        self.players.staff.come_up();
        self.players.recover().await;
        self.adopt();
    }

    async fn send_new(&mut self) {
        let token = self.players.token();
        let token = match self.dice.byte() % 8 {
            0 => token.header("kid", "nobody's"),
            1 => token.signed_by(&self.keys[1]),
            2 | 3 => token.v1(),
            _ => token,
        };
        self.tokens.push(token.sign());
        self.send(self.tokens.len() - 1).await;
    }

    async fn send_again(&mut self) {
        if self.tokens.is_empty() {
            return self.send_new().await;
        }
        // The last ones more often.
        let back = usize::from(self.dice.byte() % 12).min(self.tokens.len() - 1);
        self.send(self.tokens.len() - 1 - back).await;
    }

    async fn send(&mut self, index: usize) {
        let fields = vec![format!("Bearer {}", self.tokens[index]).into_bytes()];
        let expected = self.reference.check(&fields, ASKS[0].wanted, self.players.now());
        let found = self.players.ask(&ASKS[0], fields).await;
        *self.verdicts.entry(format!("{found:?}")).or_default() += 1;
        // Whether a key can be looked up again already is no question to a reference that looks nothing up.
        let found = found.map_err(|reason| if reason == Reason::KeyNotLookedUp { Reason::UnknownKey } else { reason });
        assert_eq!(found, expected, "{:?}", self.players.now());
    }
}

/// What the issuer publishes now for tokens of this version.
fn published(players: &Players, version: &str) -> Vec<Arc<Key>> {
    let document: Value = serde_json::from_str(&players.staff.published_keys()).unwrap();
    let of = |jwk: &Value| {
        let mut jwk = jwk.clone();
        if version == "1.0" {
            jwk.as_object_mut().unwrap().remove("issuer");
        }
        let algorithm = if jwk["kty"] == "EC" { Algorithm::ES256 } else { Algorithm::RS256 };
        Key::of(&jwk, algorithm)
    };
    document["keys"].as_array().unwrap().iter().map(of).collect()
}
