const slides = [...document.querySelectorAll("section")], count = document.querySelector("output");
let at = 0;
const show = to => {
  at = Math.max(0, Math.min(slides.length - 1, to));
  slides.forEach((slide, i) => { slide.hidden = i != at; });
  count.textContent = `${at + 1} / ${slides.length}`;
  history.replaceState(null, "", `#${at + 1}`);
};
const toggle = part => { const found = slides[at].querySelector(part); if (found) found.hidden = !found.hidden; };
const forward = () => {
  const answer = slides[at].querySelector(".answer");
  if (answer && answer.hidden) answer.hidden = false; else show(at + 1);
};
document.addEventListener("keydown", event => {
  const does = {
    ArrowRight: forward, ArrowDown: forward, PageDown: forward, " ": forward, Enter: forward,
    ArrowLeft: () => show(at - 1), ArrowUp: () => show(at - 1), PageUp: () => show(at - 1), Backspace: () => show(at - 1),
    Home: () => show(0), End: () => show(slides.length - 1), n: () => toggle("aside"), a: () => toggle(".answer"),
    f: () => document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen(),
    d: () => document.documentElement.classList.toggle("dark"), l: () => document.body.classList.toggle("laser"),
  }[event.key];
  if (does && !event.ctrlKey && !event.metaKey) { event.preventDefault(); does(); }
});
document.querySelector("main").addEventListener("click", event => {
  if (event.clientX < innerWidth / 4) show(at - 1); else forward();
});
show((parseInt(location.hash.slice(1)) || 1) - 1);
