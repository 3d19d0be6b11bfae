// The lines of every server here: it says where it listens, and what its
// requests came to.
import express from 'express'

// listen serves on a free port of the loopback interface and calls build with
// its address, which is the application's own.
export const listen = build => {
  const app = express()
  const server = app.listen(0, '127.0.0.1', () => {
    const base = `http://localhost:${server.address().port}`
    app.get('/favicon.ico', (req, res) => res.status(204).end()) // before what renews a session with every answer
    build(app, base)
    console.log(JSON.stringify({ base }))
  })
}
