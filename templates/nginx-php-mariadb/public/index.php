<?php

/** The database starts at the same time as PHP and is ready later, on the first start much later. */
function database(int $tries = 20): PDO
{
    $source = sprintf('mysql:host=%s;dbname=%s;charset=utf8mb4', getenv('MARIADB_HOST'), getenv('MARIADB_DATABASE'));
    while (true) {
        try {
            return new PDO($source, getenv('MARIADB_USER'), getenv('MARIADB_PASSWORD'));
        } catch (PDOException $error) {
            if (--$tries === 0) {
                throw $error;
            }
            usleep(500_000);
        }
    }
}

try {
    $database = database();
} catch (PDOException $error) {
    http_response_code(503);
    header('Retry-After: 2');
    exit('The database does not answer: ' . htmlspecialchars($error->getMessage()) . "\n");
}

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $text = trim($_POST['text'] ?? '');
    if (!preg_match('/^.{1,500}$/su', $text)) {
        http_response_code(400);
        exit("An entry has 1 to 500 letters.\n");
    }
    $database->prepare('INSERT INTO entries (text) VALUES (?)')->execute([$text]);
    // With a redirection as the answer, a reload of the page does not post again.
    header('Location: /', response_code: 303);
    exit;
}

$entries = $database->query('SELECT text, posted FROM entries ORDER BY id DESC LIMIT 100')->fetchAll(PDO::FETCH_ASSOC);

?>
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Guest book</title>
<style>
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem }
  input { font: inherit; width: 24rem } time { color: #777; font-size: .85em }
</style>
<h1>Guest book</h1>
<form method="post">
  <input name="text" maxlength="500" required autofocus> <button>Sign</button>
</form>
<ul>
<?php foreach ($entries as $entry): ?>
  <li><?= htmlspecialchars($entry['text']) ?> <time><?= $entry['posted'] ?></time>
<?php endforeach ?>
</ul>
</html>
