// Imported before simple-git, whose debug output would reveal the environment of each call, including credentials, with `DEBUG=*`.
delete process.env['DEBUG'];
