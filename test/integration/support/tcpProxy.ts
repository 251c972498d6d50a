import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Between a cluster and one of its servers, whose trouble a test makes. */
export interface TcpProxy {
  /** A URL of the server, by way of this proxy. */
  through(url: string): string;
  /** Breaks all connections, and every new one until {@link back}. */
  away(): void;
  back(): void;
  /** Breaks the next connection on which a client sends these texts, one after the other, when the server answers the last one. */
  loseAnswerTo(...texts: string[]): void;
  close(): void;
}

/** @param url of the server */
export async function startProxy(url: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let isAway = false;
  let losing: readonly string[] | undefined;
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const proxy = createServer((client) => {
    if (isAway) {
      client.destroy();
      return;
    }
    const server = connect(Number(port), hostname);
    let isLost = false;
    let sent = 0;
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      // Whatever breaks one of the two breaks the other.
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (losing && bytes.includes(losing[sent] ?? '')) sent += 1;
      if (losing && sent === losing.length) {
        isLost = true;
        losing = undefined;
      }
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (isLost) client.destroy();
      else client.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const own = (proxy.address() as AddressInfo).port;
  return {
    through(direct) {
      const there = new URL(direct);
      there.port = String(own);
      return there.href;
    },
    away() {
      isAway = true;
      breakAll();
    },
    back: () => void (isAway = false),
    loseAnswerTo: (...texts) => void (losing = texts),
    close() {
      breakAll();
      proxy.close();
    },
  };
}
