// Keeps a list of tasks in PostgreSQL.
//
//   GET  /tasks    all tasks as JSON, oldest first
//   POST /tasks    the body is a new task; answers with it as JSON
//   GET  /         a greeting
'use strict'

const http = require('node:http')
const { setTimeout: sleep } = require('node:timers/promises')
const { Pool } = require('pg')

const LONGEST_TASK = 10_000

// The client reads PGHOST, PGDATABASE, PGUSER and PGPASSWORD.
const pool = new Pool({ connectionTimeoutMillis: 5000 })
// An idle connection of the pool breaks when the database stops; the next query opens a new one.
pool.on('error', (error) => console.log(`the database went away: ${error.message}`))

// `trice up` starts this program when the database is ready; when both start again it may be ready later.
async function prepareDatabase () {
  while (true) {
    try {
      return await pool.query('CREATE TABLE IF NOT EXISTS tasks (id serial PRIMARY KEY, text text NOT NULL)')
    } catch (error) {
      console.log(`waiting for the database: ${error.message}`)
      await sleep(500)
    }
  }
}

async function bodyOf (request) {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk
    if (body.length > LONGEST_TASK) break
  }
  return body
}

async function answer (request) {
  switch (`${request.method} ${request.url}`) {
    case 'GET /':
      return [200, { hello: 'GET /tasks, POST /tasks' }]
    case 'GET /tasks':
      return [200, (await pool.query('SELECT id, text FROM tasks ORDER BY id')).rows]
    case 'POST /tasks': {
      const text = (await bodyOf(request)).replaceAll('\0', '')
      if (text.length === 0 || text.length > LONGEST_TASK) {
        return [400, { error: `POST a task of 1 to ${LONGEST_TASK} letters` }]
      }
      const added = await pool.query('INSERT INTO tasks (text) VALUES ($1) RETURNING id, text', [text])
      return [201, added.rows[0]]
    }
    default:
      return [404, { error: `there is nothing at ${request.method} ${request.url}` }]
  }
}

const server = http.createServer(async (request, response) => {
  const [status, value] = await answer(request).catch((error) => [503, { error: error.message }])
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(value) + '\n')
  console.log(`${request.method} ${request.url} ${status}`)
})

process.on('SIGTERM', () => process.exit(0))

prepareDatabase().then(() => server.listen(3000, () => console.log('ready on port 3000')))
