import { randomBytes } from 'node:crypto';
import { readClusterConfig, type ClusterConfig } from '../../../src/service/cluster/config';
import { Database } from '../../../src/service/cluster/database';
import { migrateCluster, openCluster } from '../../../src/service/cluster/openCluster';
import { OneToken } from '../../../src/service/local/oneToken';
import { startServers, type ClusterServers } from '../../support/clusterServers.mjs';
import { backend, MemoryLog } from './service';

/** The servers of a cluster, which all its tests share. */
export let servers: ClusterServers;

export async function openServers(): Promise<void> {
  servers = await startServers();
}

export async function closeServers(): Promise<void> {
  // Undefined if they could not be started.
  await (servers as ClusterServers | undefined)?.end();
}

/** The configuration of a separate service on the servers, for `--cluster -`. */
export function clusterEnvironment(namespace = 'codeagent'): Record<string, string> {
  return {
    CODEAGENT_REDIS: servers.redis,
    CODEAGENT_POSTGRES: servers.postgres,
    CODEAGENT_S3_ENDPOINT: servers.s3,
    CODEAGENT_S3_BUCKET: namespace.replaceAll('_', '-'),
    CODEAGENT_S3_ACCESS_KEY_ID: 'test-key',
    CODEAGENT_S3_SECRET_ACCESS_KEY: 'a-secret-of-the-blob-store',
  };
}

/** A new, empty service on the servers. */
export async function newCluster(): Promise<ClusterConfig> {
  const namespace = `t${randomBytes(6).toString('hex')}`;
  const config = { ...(await readClusterConfig('-', clusterEnvironment(namespace))), namespace, graceSec: 0 };
  await migrateCluster(config, new MemoryLog());
  return config;
}

/** From now on, runs each service that tests start on a separate cluster, in one process with its worker. */
export function useCluster(): void {
  backend.options = async ({ token }, log) => {
    const config = await newCluster();
    const first = token === undefined ? undefined : new OneToken(token);
    const open = token === undefined;
    return {
      open: ({ config: analyzers }) => openCluster({ config, analyzers, works: true, first, open, log }),
      guarded: token !== undefined,
      async breakStorage() {
        const database = new Database(config.postgres, config.namespace, log, 1);
        await database.query('ALTER TABLE jobs RENAME COLUMN job TO something_else');
        await database.close();
      },
    };
  };
}

export function useFolder(): void {
  backend.options = undefined;
}
