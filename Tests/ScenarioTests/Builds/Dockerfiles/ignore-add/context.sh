mkdir sub; touch sub/secret sub/open x.tar f
