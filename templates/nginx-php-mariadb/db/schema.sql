-- Runs once, when the database is made. `trice down --volumes` and `trice up` make it anew.
CREATE TABLE entries (
    id     INT AUTO_INCREMENT PRIMARY KEY,
    text   VARCHAR(500) NOT NULL,
    posted TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
