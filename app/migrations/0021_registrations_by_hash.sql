-- Whether somebody is online is asked by the username alone: an index of hashes answers in a third of the time. Taken whole at once, since who
-- takes more of a table bit by bit and who waits for the rest would wait for each other.
LOCK TABLE sip.location, sip.ps_contacts IN ACCESS EXCLUSIVE MODE;
CREATE INDEX location_of ON sip.location USING hash (username);
DROP INDEX sip.location_username;
CREATE INDEX ps_contacts_of ON sip.ps_contacts USING hash (endpoint);
DROP INDEX sip.ps_contacts_endpoint;
