from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from carriers.base import Headers
from carriers.console.masking import shown_code
from carriers.models import Dispute, UnmappedCode
from orders.reasons import Reason
from orders.statuses import Status

MOST_OPEN_DISPUTES = 20

# The carrier's own language, whatever the page's: code runs from left to right.
CODE = {"dir": "ltr", "spellcheck": "false", "autocomplete": "off", "autocapitalize": "none"}


class CallbackForm(forms.Form):
    """A callback as it would be posted."""

    headers = forms.CharField(
        label=_("Headers"),
        required=False,
        max_length=20_000,
        help_text=_("One a line, as “Name: value”."),
        widget=forms.Textarea(attrs={"rows": 3, **CODE}),
    )
    body = forms.CharField(
        label=_("Body"),
        required=False,
        strip=False,
        help_text=_("Pasted line breaks count as LF. A signature is over every byte: when in doubt, give the file."),
        widget=forms.Textarea(attrs={"rows": 8, **CODE}),
    )
    file = forms.FileField(label=_("Or the body as a file"), required=False, allow_empty_file=True)

    @property
    def callback_headers(self) -> Headers:
        lines = (line.partition(":") for line in self.cleaned_data["headers"].splitlines())
        return Headers({name.strip(): value.strip() for name, colon, value in lines if colon})

    @property
    def callback_body(self) -> bytes:
        if file := self.cleaned_data["file"]:
            return file.read(settings.CALLBACK_MAX_BYTES + 1)
        # Browsers send CR LF for every line break in a text area.
        return self.cleaned_data["body"].replace("\r\n", "\n").encode("utf-8", "surrogatepass")


class CodeField(forms.ModelChoiceField):
    def label_from_instance(self, unmapped):
        return shown_code(unmapped.code)


class MeaningForm(forms.Form):
    """What one of the carrier's own codes means."""

    code = CodeField(label=_("Code"), queryset=UnmappedCode.objects.none(), empty_label=None)
    status = forms.ChoiceField(
        label=_("It means"), choices=[choice for choice in Status.choices if choice[0] != Status.UNKNOWN]
    )
    reason = forms.ChoiceField(
        label=_("Because"), required=False, choices=[("", pgettext_lazy("reason", "no reason")), *Reason.choices]
    )
    note = forms.CharField(
        label=_("Note for the shop"),
        required=False,
        max_length=300,
        help_text=_("For example, where your documentation says so."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def __init__(self, *args, codes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].queryset = codes


class DisputeForm(forms.ModelForm):
    """What is wrong with the scorecard."""

    class Meta:
        model = Dispute
        fields = ["text", "contact"]
        labels = {"text": _("What is not right?"), "contact": _("Your e-mail, if you want to be written to")}
        widgets = {
            "text": forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
            "contact": forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
        }

    def __init__(self, *args, account, **kwargs):
        super().__init__(*args, **kwargs)
        self.account = account
        self.instance.account, self.instance.merchant_id = account, account.merchant_id

    def clean(self):
        if self.account.disputes.filter(answered_at__isnull=True).count() >= MOST_OPEN_DISPUTES:
            raise forms.ValidationError(_("Many of your disputes are not answered yet: please wait for the shop."))
        return super().clean()
