#@ module Crypto
# link: crypto

#@ alias crypto_sha256
extern "mesh_crypto_sha256" pub fn sha256(text :: String) -> String

#@ alias crypto_sha512
extern "mesh_crypto_sha512" pub fn sha512(text :: String) -> String

#@ alias crypto_hmac_sha256
extern "mesh_crypto_hmac_sha256" pub fn hmac_sha256(key :: String, message :: String) -> String

#@ alias crypto_hmac_sha512
extern "mesh_crypto_hmac_sha512" pub fn hmac_sha512(key :: String, message :: String) -> String

# Equality in a time that depends on the lengths alone.
#@ alias crypto_secure_compare
extern "mesh_crypto_secure_compare" pub fn secure_compare(a :: String, b :: String) -> Bool

#@ alias crypto_uuid4
extern "mesh_crypto_uuid4" pub fn uuid4() -> String

# n random bytes (1 to 1024) as lower-case hexadecimal digits.
#@ panics
extern "mesh_crypto_random_hex" pub fn random_hex(n :: Int) -> String

# A salted scrypt hash in PHC form.
#@ panics
extern "mesh_crypto_password_hash" pub fn password_hash(password :: String) -> String

extern "mesh_crypto_password_verify" pub fn password_verify(password :: String, hash :: String) -> Bool
