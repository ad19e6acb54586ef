-- Runs once, when the database is created. `trice down --volumes` and then `trice up` create it again.
CREATE TABLE entries (
    id     INT AUTO_INCREMENT PRIMARY KEY,
    text   VARCHAR(500) NOT NULL,
    posted TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
