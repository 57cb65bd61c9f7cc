for (const film of document.querySelectorAll(".film")) {
  const frames = film.querySelectorAll(":scope > section"), slider = film.querySelector("input");
  const play = film.querySelector(".play"), speed = film.querySelector("select"), count = film.querySelector("output");
  let timer = 0;
  const show = n => {
    slider.value = Math.max(0, Math.min(frames.length - 1, n));
    frames.forEach((frame, i) => { frame.hidden = i != slider.value; });
    count.textContent = `${+slider.value + 1} of ${frames.length}`;
  };
  const stop = () => { clearInterval(timer); timer = 0; play.textContent = "▶"; };
  const start = () => {
    clearInterval(timer);
    if (+slider.value == frames.length - 1) show(0);
    play.textContent = "❚❚";
    timer = setInterval(() => +slider.value < frames.length - 1 ? show(+slider.value + 1) : stop(), +speed.value);
  };
  slider.oninput = () => { stop(); show(+slider.value); };
  play.onclick = () => timer ? stop() : start();
  speed.onchange = () => { if (timer) start(); };
  film.querySelector(".back").onclick = () => { stop(); show(+slider.value - 1); };
  film.querySelector(".forward").onclick = () => { stop(); show(+slider.value + 1); };
  film.onkeydown = event => {
    const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (by && event.target != slider) { stop(); show(+slider.value + by); }
  };
  show(0);
}
