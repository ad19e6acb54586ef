touch keep1 keep2 keep-not other; mkdir -p docs/private/public docs/open; touch docs/a docs/private/secret docs/private/public/p docs/open/o
