// Whether the store takes writes. The first time it is asked it makes the replica set of one, which only a login may do.
const admin = db.getSiblingDB("admin");
admin.auth(process.env.MONGO_INITDB_ROOT_USERNAME, process.env.MONGO_INITDB_ROOT_PASSWORD);
try {
  rs.status();
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
  rs.initiate({ _id: "rs0", members: [{ _id: 0, host: "mongodb:27017" }] });
}
if (!admin.hello().isWritablePrimary) {
  print("the replica set has no primary yet");
  quit(1);
}
