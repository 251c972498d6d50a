// What we use of undici. http.ts loads it through this file with require(): packages may wrap it in a loader, whose names import() would not see.
export { Agent, FormData, ProxyAgent, fetch } from 'undici';
