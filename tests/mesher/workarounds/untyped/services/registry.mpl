struct RegistryState do
  name :: String
  worker_pid :: Pid
end

service Registry do
  fn init(name :: String, worker_pid :: Pid) -> RegistryState do
    RegistryState { name: name, worker_pid: worker_pid }
  end

  call GetName() :: String do |state|
    (state, state.name)
  end

  call GetWorker() :: Pid do |state|
    (state, state.worker_pid)
  end
end
