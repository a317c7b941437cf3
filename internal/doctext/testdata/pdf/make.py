# Makes the PDFs in this folder: pip install reportlab pikepdf cryptography; python make.py
import io, re
import pikepdf
from reportlab.pdfgen import canvas

def page(c, *lines):
    t = c.beginText(72, 720)
    for line in lines:
        t.textLine(line)
    c.drawText(t)
    c.showPage()

def plain():
    b = io.BytesIO()
    c = canvas.Canvas(b, invariant=1)
    page(c, "Dear Ada,", "the meeting is on Tuesday.")
    page(c, "Second page.")
    c.save()
    return b.getvalue()

def save(name, **how):
    with pikepdf.open(io.BytesIO(plain())) as pdf:
        pdf.save(name, deterministic_id=not how.get("encryption"), **how)

for name, r in {"rc4-40": 2, "rc4-128": 3, "aes-128": 4, "aes-256-r5": 5, "aes-256": 6}.items():
    save(f"owner-{name}.pdf", encryption=pikepdf.Encryption(owner="secret", user="", R=r, aes=r >= 4, metadata=r >= 4))
save("user-aes-256.pdf", encryption=pikepdf.Encryption(owner="secret", user="other", R=6))
save("user-aes-128.pdf", encryption=pikepdf.Encryption(owner="secret", user="other", R=4))
save("objects.pdf", object_stream_mode=pikepdf.ObjectStreamMode.generate)

data = plain()
def write(name, data):
    with open(name, "wb") as f:
        f.write(data)

at = data.rindex(b"xref", 0, data.rindex(b"startxref"))
write("no-xref.pdf", data[:at])
write("no-trailer.pdf", data[:data.rindex(b"trailer")])
write("bad-startxref.pdf", re.sub(rb"startxref\s+\d+", b"startxref\n7", data))
write("bad-offsets.pdf", data.replace(b"\n1 0 obj", b"\n% one more line\n1 0 obj", 1))
with open("objects.pdf", "rb") as f:
    packed = f.read()
write("objects-bad-startxref.pdf", re.sub(rb"startxref\s+\d+", b"startxref\n7", packed))
