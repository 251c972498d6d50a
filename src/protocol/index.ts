export * from './api';
export * from './events';
export * from './job';
export * from './pack';
export * from './report';
export * from './request';
export * from './routes';
export * from './toolSettings';
