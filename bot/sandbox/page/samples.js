// Things to send for a person who has no file at hand: a photo, a voice message, a phone number.

import { t } from "./texts.js";

/** A drawing of a router with its LOS lamp red, as a JPEG file. */
export async function samplePhoto() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [720, 480];
  const pen = canvas.getContext("2d");
  const box = (x, y, w, h, r, fill) => {
    pen.fillStyle = fill;
    pen.beginPath();
    pen.roundRect(x, y, w, h, r);
    pen.fill();
  };
  const wall = pen.createLinearGradient(0, 0, 0, 480);
  wall.addColorStop(0, "#cfd9d8");
  wall.addColorStop(1, "#aebcbb");
  box(0, 0, 720, 480, 0, wall);
  box(0, 350, 720, 130, 0, "#8d6f52");
  for (const x of [150, 540]) box(x, 70, 18, 190, 9, "#2b3335");
  box(90, 240, 540, 120, 18, "#39454a");
  box(90, 240, 540, 26, 13, "#46545a");
  const lamps = [
    ["PWR", "#58d68d"],
    ["LAN", "#58d68d"],
    ["WLAN", "#58d68d"],
    ["LOS", "#ff4d4d"],
  ];
  pen.font = "600 17px sans-serif";
  pen.textAlign = "center";
  lamps.forEach(([name, colour], i) => {
    const x = 180 + i * 120;
    pen.shadowColor = colour;
    pen.shadowBlur = 22;
    pen.fillStyle = colour;
    pen.beginPath();
    pen.arc(x, 296, 10, 0, Math.PI * 2);
    pen.fill();
    pen.shadowBlur = 0;
    pen.fillStyle = "#d7e0e2";
    pen.fillText(name, x, 338);
  });
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return new File([blob], "router.jpg", { type: "image/jpeg" });
}

/** Two seconds of a humming "voice": 8 kHz, 16 bit, mono. */
export function sampleVoice() {
  const rate = 8000;
  const length = rate * 2;
  const data = new DataView(new ArrayBuffer(44 + length * 2));
  const word = (at, text) => [...text].forEach((letter, i) => data.setUint8(at + i, letter.charCodeAt(0)));
  word(0, "RIFF");
  data.setUint32(4, 36 + length * 2, true);
  word(8, "WAVEfmt ");
  data.setUint32(16, 16, true); // size of the format block
  data.setUint16(20, 1, true); // PCM
  data.setUint16(22, 1, true); // one channel
  data.setUint32(24, rate, true);
  data.setUint32(28, rate * 2, true); // bytes a second
  data.setUint16(32, 2, true); // bytes a frame
  data.setUint16(34, 16, true); // bits a sample
  word(36, "data");
  data.setUint32(40, length * 2, true);
  for (let i = 0; i < length; i += 1) {
    const s = i / rate;
    const syllable = Math.max(0, Math.sin(s * Math.PI * 3)) * Math.min(1, (2 - s) * 4);
    const tone =
      Math.sin(2 * Math.PI * (150 + 25 * Math.sin(s * 5)) * s) + 0.5 * Math.sin(2 * Math.PI * 450 * s);
    data.setInt16(44 + i * 2, tone * syllable * 9000, true);
  }
  return new File([data.buffer], "voice.wav", { type: "audio/wav" });
}

/** The made-up phone number of a person of the sandbox: always the same one. */
export function samplePhone(user) {
  const digits = String(Math.abs(user.id) % 10_000_000).padStart(7, "0");
  return `+7900${digits}`;
}

export const SAMPLE_PLACE = { latitude: 55.7558, longitude: 37.6173 };

/** The fields of a poll, so that this kind can be tried too. */
export const samplePoll = () => ({ question: t("sample.poll"), options: [t("yes"), t("no")] });
