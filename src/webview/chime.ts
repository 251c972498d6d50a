/** Two tones, up when all went well and down else: the frequencies of a fifth, in hertz. */
const tones = [523.25, 783.99];
/** How long a tone lasts, and how loud it is at first (1 is the loudest). */
const seconds = 0.25;
const volume = 0.08;

/** Plays a short sound. Nothing is heard while the window was not clicked or typed in yet, as browsers have it. */
export async function chime(well: boolean): Promise<void> {
  const audio = new AudioContext();
  try {
    const volumes = audio.createGain();
    volumes.connect(audio.destination);
    const played = (well ? tones : tones.toReversed()).map((frequency, index) => {
      const at = audio.currentTime + index * seconds;
      const tone = new OscillatorNode(audio, { frequency });
      volumes.gain.setValueAtTime(volume, at);
      volumes.gain.exponentialRampToValueAtTime(volume / 100, at + seconds);
      tone.connect(volumes);
      tone.start(at);
      tone.stop(at + seconds);
      return new Promise((resolve) => tone.addEventListener('ended', resolve));
    });
    await Promise.all(played);
  } finally {
    await audio.close();
  }
}
