#@ module TestRuntime
#@ internal
# What the helpers of test files need from the runtime.

# The process ends with the test that runs.
#@ panics
extern "mesh_test_adopt" pub fn adopt(pid :: Pid<String>) -> ()
