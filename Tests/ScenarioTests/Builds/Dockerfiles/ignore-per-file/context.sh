touch mine theirs
