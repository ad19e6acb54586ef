mkdir -p empty tree/inner tree/other/deep; : > nothing; chmod 700 tree/inner
