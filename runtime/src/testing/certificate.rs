//! DER (X.690) for the one certificate that Entra ID publishes with a key, and for the public key alone.
//!
//! Written out by hand: a self-signed certificate is forty lines, and a certificate library is several crates that
//! every user's test build would pay for.

use data_encoding::BASE64;
use jsonwebtoken::Algorithm;

use crate::crypto::key_pair::{KeyPair, sha1};

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0C;
const UTC_TIME: u8 = 0x17;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0]`, which holds the version of a certificate.
const CONTEXT_0: u8 = 0xA0;

/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
/// 1.2.840.113549.1.1.11
const SHA256_WITH_RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];
/// 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// The subject of Entra ID's own signing certificates.
const SUBJECT: &str = "accounts.accesscontrol.windows.net";

/// A self-signed X.509 certificate (RFC 5280) of an RSA key pair.
pub(super) fn self_signed(pair: &KeyPair, n: &[u8], e: &[u8]) -> Vec<u8> {
    let algorithm = algorithm_identifier(SHA256_WITH_RSA);
    let name = tlv(
        SEQUENCE,
        &tlv(SET, &sequence(&[tlv(OBJECT_IDENTIFIER, COMMON_NAME), tlv(UTF8_STRING, SUBJECT.as_bytes())])),
    );
    // Wider than any test's clock: nobody is to validate this certificate, so its dates must never be what fails.
    let validity = sequence(&[tlv(UTC_TIME, b"700101000000Z"), tlv(UTC_TIME, b"491231235959Z")]);
    let serial: Vec<u8> = sha1(n).into_iter().take(8).collect();
    let to_be_signed = sequence(&[
        tlv(CONTEXT_0, &integer(&[2])),
        integer(&serial),
        algorithm.clone(),
        name.clone(),
        validity,
        name,
        subject_public_key_info(n, e),
    ]);
    let signature = pair.sign(Algorithm::RS256, &to_be_signed);
    sequence(&[to_be_signed, algorithm, bit_string(&signature)])
}

/// What a file that begins with `BEGIN PUBLIC KEY` holds.
pub(super) fn subject_public_key_info(n: &[u8], e: &[u8]) -> Vec<u8> {
    sequence(&[algorithm_identifier(RSA_ENCRYPTION), bit_string(&rsa_public_key(n, e))])
}

/// What a file that begins with `BEGIN RSA PUBLIC KEY` holds (RFC 8017 appendix A.1.1).
pub(super) fn rsa_public_key(n: &[u8], e: &[u8]) -> Vec<u8> {
    sequence(&[integer(n), integer(e)])
}

/// The text form of `der` (RFC 7468).
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in BASE64.encode(der).as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

fn algorithm_identifier(oid: &[u8]) -> Vec<u8> {
    sequence(&[tlv(OBJECT_IDENTIFIER, oid), tlv(NULL, &[])])
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(SEQUENCE, &parts.concat())
}

/// A positive integer: a leading one bit would make it negative.
fn integer(big_endian: &[u8]) -> Vec<u8> {
    let sign = big_endian.first().is_some_and(|byte| byte & 0x80 != 0).then_some(0);
    tlv(INTEGER, &sign.into_iter().chain(big_endian.iter().copied()).collect::<Vec<u8>>())
}

fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tlv(BIT_STRING, &[&[0], bytes].concat())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match significant.as_slice() {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).expect("a length has at most eight bytes"));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short_below_128_and_long_from_there() {
        assert_eq!(tlv(NULL, &[]), [5, 0]);
        assert_eq!(tlv(SEQUENCE, &[0; 127])[..2], [0x30, 0x7F]);
        assert_eq!(tlv(SEQUENCE, &[0; 128])[..3], [0x30, 0x81, 0x80]);
        assert_eq!(tlv(SEQUENCE, &[0; 300])[..4], [0x30, 0x82, 0x01, 0x2C]);
    }

    #[test]
    fn integers_are_positive() {
        assert_eq!(integer(&[0x7F]), [2, 1, 0x7F]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
    }

    #[test]
    fn pem_lines_have_64_characters() {
        let text = pem("PUBLIC KEY", &[7; 60]);
        assert_eq!(text.lines().map(str::len).collect::<Vec<_>>(), [26, 64, 16, 24]);
    }
}
