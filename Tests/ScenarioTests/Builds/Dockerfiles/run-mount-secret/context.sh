echo first secret > secret-one; echo second > secret-two; chmod 644 secret-*
