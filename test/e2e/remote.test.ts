import { remoteTests } from './support/remoteTests';
import { startScanServer } from './support/service';

remoteTests('a server', startScanServer);
