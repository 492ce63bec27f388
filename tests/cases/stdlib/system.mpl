# File, Env, IO, Regex, Crypto, Base64, Hex, DateTime.

#@ case files
fn show(r :: Result<String, String>) do
  case r do
    Ok(s) -> println("ok " <> s)
    Err(e) -> println("err " <> e)
  end
end

fn done(r :: Result<(), String>) do
  case r do
    Ok(_) -> println("done")
    Err(e) -> println("err " <> e)
  end
end

fn main() do
  done(File.write("case.txt", "one\n"))
  done(File.append("case.txt", "two"))
  show(File.read("case.txt"))
  println("${File.exists("case.txt")} ${File.exists(".")}")
  done(File.delete("case.txt"))
  println("${File.exists("case.txt")}")
  show(File.read("case.txt"))
  done(File.delete("case.txt"))
  show(File.read("."))
  done(File.write("no/such/folder", ""))
end
#> done
#> done
#> ok one
#> two
#> true true
#> done
#> false
#> err No such file or directory (os error 2)
#> err No such file or directory (os error 2)
#> err Is a directory (os error 21)
#> err No such file or directory (os error 2)

#@ case a large file
fn main() do
  let text = String.join(List.map(Range.to_list(0..20000), fn i -> "line ${i}" end), "\n")
  case File.write("large.txt", text) do
    Ok(_) -> nil
    Err(e) -> println(e)
  end
  case File.read("large.txt") do
    Ok(back) -> println("${back == text} ${List.length(String.split(back, "\n"))}")
    Err(e) -> println(e)
  end
  case File.delete("large.txt") do
    Ok(_) -> nil
    Err(e) -> println(e)
  end
end
#> true 20000

#@ case environment
fn main() do
  println(Env.get("MESH_NOT_SET_ANYWHERE", "fallback") <> " ${Env.get_int("MESH_NOT_SET_ANYWHERE", 7)}")
  case Env.get("MESH_NOT_SET_ANYWHERE") do
    Some(_) -> println("set")
    None -> println("unset")
  end
  println("${List.length(Env.args()) > 0} ${Env.get("PATH", "") != ""}")
end
#> fallback 7
#> unset
#> true true

#@ case standard input
#@ stdin first line
#@ stdin 
#@ stdin last é
fn main() do
  for _ in 0..4 do
    case IO.read_line() do
      Ok(s) -> println("[" <> s <> "]")
      Err(e) -> println(e)
    end
  end
end
#> [first line]
#> []
#> [last é]
#> []

#@ case regular expressions
fn main() do
  let r = ~r/(?P<name>\w+)=(\d+)/
  println("${Regex.is_match(r, "x a=12")} ${Regex.is_match(r, "a=")} ${Regex.captures(r, "x a=12 b=3")}")
  println(Regex.replace(r, "a=1 b=22", "$2:$name") <> " " <> Regex.replace(r, "a=1", "$$" <> "$" <> "{1}x $9 $nope"))
  println("${Regex.split(~r/[,;]\s*/, "a, b;c,,d")} ${Regex.split(~r//, "ab")} ${Regex.split(~r/,/, "")}")
  println("${Regex.is_match(~r/HELLO/i, "say hello")} ${Regex.is_match(~r/^b$/m, "a\nb")} ${Regex.is_match(~r/a.b/s, "a\nb")} ${Regex.is_match(~r/a.b/, "a\nb")}")
  println("${Regex.replace(~r/\d/, "٣ 3", "#")} ${Regex.replace(~r/\w+/, "é_1 ü", "w")} ${Regex.replace(~r/[^\W\d_]+/, "ab1é", "L")}")
  println("${Regex.captures(~r/(a)|(b)/, "b")}")
  case Regex.compile("(") do
    Ok(_) -> println("?")
    Err(e) -> println("${String.starts_with(e, "regex parse error:")}")
  end
  case Regex.compile("(?x) a  b # comment") do
    Ok(x) -> println("${Regex.is_match(x, "ab")}")
    Err(e) -> println(e)
  end
  case Regex.compile("(?<=a)b") do
    Ok(_) -> println("?")
    Err(_) -> println("no look-behind")
  end
end
#> true false Some([a=12, a, 12])
#> 1:a 22:b $ax  
#> [a, b, c, , d] [, a, b, ] []
#> true true true false
#> # # w w L1L
#> Some([b, , b])
#> true
#> true
#> no look-behind

#@ case hashes and random texts
fn main() do
  println(Crypto.sha256("mesh"))
  println(Crypto.sha512("") == "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e" |> String.from())
  println(Crypto.hmac_sha256("k", "v"))
  println("${String.length(Crypto.hmac_sha512("", ""))} ${Crypto.secure_compare("a", "a")} ${Crypto.secure_compare("a", "b")} ${Crypto.secure_compare("a", "ab")}")
  let u = Crypto.uuid4()
  println("${String.length(u)} ${String.slice(u, 14, 15)} ${Regex.is_match(~r/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, u)} ${Crypto.uuid4() != u}")
  println("${String.length(Crypto.random_hex(5))} ${Crypto.random_hex(16) != Crypto.random_hex(16)}")
end
#> d30ca7a7a32bf5772dc5eb2a2e7bd35737eff795ad74f2479b359716b59abdfa
#> true
#> c5d4be1992d50d3b41f9a21292fc67a28a1486fc64a0517d37f9af847e0732de
#> 128 true false false
#> 36 4 true true
#> 10 true

#@ case passwords
fn main() do
  let h = Crypto.password_hash("s3cret")
  println("${String.starts_with(h, "$" <> "scrypt$" <> "ln=15,r=8,p=1$")} ${String.length(h)}")
  println("${Crypto.password_verify("s3cret", h)} ${Crypto.password_verify("other", h)} ${Crypto.password_verify("s3cret", "junk")}")
end
#> true 88
#> true false false

#@ case random_hex out of range
fn main() do
  println(Crypto.random_hex(0))
end
#@ exit 134
#! Crypto.random_hex

#@ case base64 and hex
fn show(r :: Result<String, String>) do
  case r do
    Ok(s) -> print("[" <> s <> "] ")
    Err(e) -> print(e <> "; ")
  end
end

fn main() do
  println(Base64.encode("héllo?>") <> " " <> Base64.encode("") <> Base64.encode("a") <> " " <> Base64.encode_url("a??>") <> " " <> Hex.encode("Az"))
  for t in ["aMOpbGxvPz4=", "YQ==", "YQ", "YQ=", "_w", "/w==", "YR==", "Y", "", "YQ==\n"] do
    show(Base64.decode(t))
  end
  println("")
  for t in ["YQ", "YQ==", "Pz8-", "Pz8+"] do
    show(Base64.decode_url(t))
  end
  println("")
  for t in ["417a", "417A", "4", "zz", "+1", "ff", "é0"] do
    show(Hex.decode(t))
  end
  println("")
end
#> aMOpbGxvPz4= YQ== YT8_Pg 417a
#> [héllo?>] [a] [a] invalid base64; invalid base64; invalid utf-8; invalid base64; invalid base64; [] invalid base64; 
#> [a] invalid base64; [??>] invalid base64; 
#> [Az] [Az] invalid hex; invalid hex; invalid hex; invalid utf-8; invalid hex; 

#@ case moments
fn show(text :: String) do
  case DateTime.from_iso8601(text) do
    Ok(d) -> println(DateTime.to_iso8601(d) <> " ${DateTime.to_unix_ms(d)} ${DateTime.to_unix_secs(d)}")
    Err(e) -> println(e)
  end
end

fn main() do
  show("2024-01-15T10:30:00Z")
  show("2024-03-01T01:30:00.5+02:00")
  show("1969-12-31 23:59:59.9999z")
  show("2016-12-31T23:59:60Z")
  show("2023-02-29T00:00:00Z")
  show("2024-01-15T10:30:00")
  show("2024-01-15T24:00:00Z")
  show("2024-1-15T10:30:00Z")
  show("0000-01-01T00:00:00−00:30")
  case DateTime.from_unix_ms(8210266876800000) do
    Ok(_) -> println("?")
    Err(e) -> println(e)
  end
  case DateTime.from_unix_secs(253402300800) do
    Ok(d) -> println(DateTime.to_iso8601(d))
    Err(e) -> println(e)
  end
  case DateTime.from_unix_ms(-1) do
    Ok(d) -> println(DateTime.to_iso8601(d) <> " ${DateTime.to_unix_secs(d)} ${DateTime.to_iso8601(DateTime.add(d, 1, :week))} ${DateTime.diff(DateTime.add(d, 90, :minute), d, :hour)}")
    Err(e) -> println(e)
  end
  let now = DateTime.utc_now()
  println("${DateTime.is_before(now, DateTime.add(now, 1, :ms))} ${DateTime.is_after(now, now)} ${now == now} ${now < DateTime.add(now, 1, :ms)}")
end
#> 2024-01-15T10:30:00.000Z 1705314600000 1705314600
#> 2024-02-29T23:30:00.500Z 1709249400500 1709249400
#> 1969-12-31T23:59:59.999Z -1 0
#> 2017-01-01T00:00:00.000Z 1483228800000 1483228800
#> invalid ISO 8601 datetime
#> invalid ISO 8601 datetime
#> invalid ISO 8601 datetime
#> invalid ISO 8601 datetime
#> 0000-01-01T00:30:00.000Z -62167217400000 -62167217400
#> unix timestamp out of range
#> +10000-01-01T00:00:00.000Z
#> 1969-12-31T23:59:59.999Z 0 1970-01-07T23:59:59.999Z 1.5
#> true false true true

#@ case unknown unit
fn main() do
  println(DateTime.to_iso8601(DateTime.add(DateTime.utc_now(), 1, :year)))
end
#@ exit 134
#! DateTime.add: unknown unit "year"; valid units are :ms, :second, :minute, :hour, :day, :week
