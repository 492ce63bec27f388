#@ module Continuity
# Records of clustered work: each request key is accepted once, and its outcome can be looked up. Without other nodes the
# records of this process.

pub struct ContinuityRecord do
  request_key :: String
  payload_hash :: String
  attempt_id :: String
  phase :: String
  result :: String
  ingress_node :: String
  owner_node :: String
  replica_node :: String
  replication_count :: Int
  replica_status :: String
  cluster_role :: String
  promotion_epoch :: Int
  replication_health :: String
  execution_node :: String
  routed_remotely :: Bool
  fell_back_locally :: Bool
  error :: String
end deriving()

pub struct ContinuitySubmitDecision do
  outcome :: String
  conflict_reason :: String
  record :: ContinuityRecord
end deriving()

pub struct ContinuityAuthorityStatus do
  cluster_role :: String
  promotion_epoch :: Int
  replication_health :: String
end deriving()

# Accepts a request key: the outcome is "created", "duplicate" (same payload), "conflict" or "rejected".
#@ alias continuity_submit
extern "mesh_continuity_submit_with_durability" pub fn submit(request_key :: String, payload_hash :: String, ingress_node :: String, owner_node :: String, replica_node :: String, required_replica_count :: Int, routed_remotely :: Bool, fell_back_locally :: Bool) -> Result<ContinuitySubmitDecision, String>

# The same for work that is declared with @cluster: the runtime chooses the nodes.
#@ alias continuity_submit_declared_work
extern "mesh_continuity_submit_declared_work" pub fn submit_declared_work(runtime_name :: String, request_key :: String, payload_hash :: String, required_replica_count :: Int) -> Result<ContinuitySubmitDecision, String>

#@ alias continuity_status
extern "mesh_continuity_status" pub fn status(request_key :: String) -> Result<ContinuityRecord, String>

#@ alias continuity_authority_status
extern "mesh_continuity_authority_status" pub fn authority_status() -> Result<ContinuityAuthorityStatus, String>

# Completing twice on the same node changes nothing.
#@ alias continuity_mark_completed
extern "mesh_continuity_mark_completed" pub fn mark_completed(request_key :: String, attempt_id :: String, execution_node :: String) -> Result<ContinuityRecord, String>

#@ alias continuity_acknowledge_replica
extern "mesh_continuity_acknowledge_replica" pub fn acknowledge_replica(request_key :: String, attempt_id :: String) -> Result<ContinuityRecord, String>
