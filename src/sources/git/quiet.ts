// Imported before simple-git, whose debug output tells the environment of each call, and with it credentials, where DEBUG asks for all (`DEBUG=*`).
delete process.env['DEBUG'];
