interface PackOptions {
  quality?: 'best' | 'quick';
}

export function packVsix(target: string, options?: PackOptions): Promise<string>;
export function packNpm(folder: string, options?: PackOptions): Promise<string>;
