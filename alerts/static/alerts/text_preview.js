// The preview beside a shop's own words follows what is typed. Without it the desk works; only the preview is missing.
document.addEventListener("DOMContentLoaded", () => {
  const panel = document.querySelector("[data-preview]");
  const frame = panel?.querySelector("[data-page]");
  if (!frame) return;
  const form = panel.closest("form");
  const notes = panel.querySelector("[data-notes]");
  const subject = panel.querySelector("[data-subject]");
  let waiting, asked = 0;

  const typed = () => {
    const sent = new FormData(form);
    sent.delete("_save");
    for (const input of panel.querySelectorAll("[data-sent]")) sent.set(input.name, input.value);
    return sent;
  };

  const tell = (sentences) => notes.replaceChildren(...sentences.map((words) => {
    const line = document.createElement("li");
    line.textContent = words;
    return line;
  }));

  const show = async () => {
    const turn = ++asked;
    try {
      const answer = await fetch(panel.dataset.preview, { method: "POST", body: typed(), redirect: "error" });
      const told = await answer.json();
      if (turn !== asked) return;
      if (answer.ok) {
        frame.srcdoc = told.page;
        subject.textContent = told.subject;
      }
      tell(told.notes);
    } catch {
      if (turn === asked) tell([panel.dataset.failed]);
    }
  };

  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 400);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  show();
});
