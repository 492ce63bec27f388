#@ module Test
# Helpers of test files.

# An actor that passes each message to `reply`; it ends when the answer is "stop", or with the test.
#@ test
pub fn mock_actor(reply :: Fun(String) -> String) -> Pid<String> do
  let pid = spawn(mock, reply)
  TestRuntime.adopt(pid)
  pid
end

actor mock(reply :: Fun(String) -> String) do
  receive do
    message ->
      if reply(message) == "stop" do
        ()
      else
        mock(reply)
      end
  end
end
