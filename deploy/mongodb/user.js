// Run once, on an empty data volume, before anybody can connect: the roles' user, with rights on its own database alone.
// dbAdmin is for the validator of the samples (collMod).
db.getSiblingDB("spinestream").createUser({
  user: "spinestream",
  pwd: process.env.MONGODB_PASSWORD,
  roles: ["readWrite", "dbAdmin"],
});
