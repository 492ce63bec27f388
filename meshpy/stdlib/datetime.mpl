#@ module DateTime
# Moments in UTC with millisecond resolution. Units are :ms :second :minute :hour :day :week.

#@ alias datetime_utc_now
extern "mesh_datetime_utc_now" pub fn utc_now() -> DateTime

#@ alias datetime_from_iso8601
extern "mesh_datetime_from_iso8601" pub fn from_iso8601(text :: String) -> Result<DateTime, String>

#@ alias datetime_to_iso8601
extern "mesh_datetime_to_iso8601" pub fn to_iso8601(time :: DateTime) -> String

#@ alias datetime_from_unix_ms
extern "mesh_datetime_from_unix_ms" pub fn from_unix_ms(ms :: Int) -> Result<DateTime, String>

#@ alias datetime_to_unix_ms
extern "mesh_datetime_to_unix_ms" pub fn to_unix_ms(time :: DateTime) -> Int

#@ alias datetime_from_unix_secs
extern "mesh_datetime_from_unix_secs" pub fn from_unix_secs(seconds :: Int) -> Result<DateTime, String>

# Truncated toward zero.
#@ alias datetime_to_unix_secs
extern "mesh_datetime_to_unix_secs" pub fn to_unix_secs(time :: DateTime) -> Int

#@ alias datetime_add
#@ panics
extern "mesh_datetime_add" pub fn add(time :: DateTime, n :: Int, unit :: Atom) -> DateTime

# a - b in that unit.
#@ alias datetime_diff
#@ panics
extern "mesh_datetime_diff" pub fn diff(a :: DateTime, b :: DateTime, unit :: Atom) -> Float

#@ alias datetime_is_before
extern "mesh_datetime_before" pub fn is_before(a :: DateTime, b :: DateTime) -> Bool

#@ alias datetime_is_after
extern "mesh_datetime_after" pub fn is_after(a :: DateTime, b :: DateTime) -> Bool
