import { remoteTests } from './support/remoteTests';
import { startScanCluster } from './support/service';

remoteTests('a cluster', (_storage, token, tools) => startScanCluster(token, tools));
