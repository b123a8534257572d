"""What must stay for the run to go on: the account and the token that it logs in with, and other people's machines in peace."""

import os

import schemathesis

keeper = os.environ["ODST_KEEPER"]
token_id = os.environ["ODST_TOKEN_ID"]


@schemathesis.hook
def before_call(context, case, **kwargs):
    parameters = case.path_parameters or {}
    if parameters.get("username") == keeper:
        parameters["username"] = "eva"
    if parameters.get("id") == token_id:
        parameters["id"] = "0" * 16
    if isinstance(case.body, dict) and case.body.get("url") == "https://ods.example.org":
        case.body["url"] = "http://127.0.0.1:9"
