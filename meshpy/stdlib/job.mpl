#@ module Job
# Functions that run in processes of their own, and their results.

# Runs f in a new process.
#@ panics
extern "mesh_job_async" pub fn async<A>(f :: Fun() -> A) -> Pid<A>

# Waits for the job: Ok(its value), or Err(why it ended). Awaiting it again gives the same.
#@ panics
extern "mesh_job_await" pub fn await<A>(job :: Pid<A>) -> Result<A, String>

# The same, but Err("timeout") once ms milliseconds have passed; the job goes on.
#@ panics
extern "mesh_job_await_timeout" pub fn await_timeout<A>(job :: Pid<A>, ms :: Int) -> Result<A, String>

# One job for each element, all at once; the results in the order of the list.
#@ panics
extern "mesh_job_map" pub fn map<A, B>(list :: List<A>, f :: Fun(A) -> B) -> List<Result<B, String>>
