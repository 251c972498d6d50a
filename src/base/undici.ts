// What we use of undici. By way of this file http.ts loads it by require(): packages may have a loader there, of which import() would see no names.
export { Agent, FormData, ProxyAgent, fetch } from 'undici';
