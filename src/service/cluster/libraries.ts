// The libraries that only a cluster needs, in a separate bundle (dist/clusterLibraries.js), which the .vsix does not include. See esbuild.mjs.
export {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
export { Upload } from '@aws-sdk/lib-storage';
export { Queue as BullQueue, Worker as BullWorker, type Job as BullJob } from 'bullmq';
export { Redis } from 'ioredis';
export { default as pg } from 'pg';
export { Counter, Gauge, Histogram, Registry } from 'prom-client';
