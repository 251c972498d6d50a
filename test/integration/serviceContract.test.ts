import { contractTests } from './support/contractTests';

describe('the contract of the scan service', contractTests);
