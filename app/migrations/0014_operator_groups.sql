-- Operators who are limited to groups see and touch nothing outside of them. Who has no row here sees all groups.
CREATE TABLE operator_groups (
    operator_id  uuid NOT NULL REFERENCES operators ON DELETE CASCADE,
    -- A group that somebody is limited to cannot go before the limit does: without its last row they would see all.
    group_id     uuid NOT NULL REFERENCES groups,
    PRIMARY KEY (operator_id, group_id)
);
CREATE INDEX operator_groups_group ON operator_groups (group_id);
