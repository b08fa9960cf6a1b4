"""Draws docs/architecture.png: what infra/ makes, and the way of a question through it (`make diagram`)."""

from diagrams import Cluster, Diagram, Edge
from diagrams.aws.compute import ECR, Fargate
from diagrams.aws.database import Dynamodb
from diagrams.aws.management import Cloudwatch
from diagrams.aws.ml import Sagemaker
from diagrams.aws.network import ElbApplicationLoadBalancer, NATGateway, Route53
from diagrams.aws.security import WAF, SecretsManager
from diagrams.aws.storage import S3
from diagrams.onprem.client import Users
from diagrams.saas.chat import Slack, Teams

FONT = "Helvetica"
GRAPH = {
    "fontname": FONT,
    "fontsize": "20",
    "pad": "0.4",
    "nodesep": "0.55",
    "ranksep": "1.25",
    "dpi": "100",
    "splines": "spline",
}
NODE = {"fontname": FONT, "fontsize": "13"}
EDGE = {"fontname": FONT, "fontsize": "12", "color": "#475569", "fontcolor": "#334155"}
BOX = {"fontname": FONT, "fontsize": "14", "style": "rounded", "pencolor": "#94a3b8", "labeljust": "l"}
ASKED, ANSWERED, KEPT = "#0f766e", "#1d4ed8", "#94a3b8"

with Diagram(
    "",
    filename="docs/architecture",
    outformat="png",
    show=False,
    direction="LR",
    graph_attr=GRAPH,
    node_attr=NODE,
    edge_attr=EDGE,
):
    people = Users("people")
    with Cluster("Chats", graph_attr=BOX | {"bgcolor": "#f8fafc"}):
        slack, teams = Slack("Slack"), Teams("Teams")
    with Cluster("Your AWS account, one region", graph_attr=BOX | {"bgcolor": "#ffffff"}):
        name = Route53("your domain")
        with Cluster("Network, three zones", graph_attr=BOX | {"bgcolor": "#f0fdfa"}):
            with Cluster("public", graph_attr=BOX | {"bgcolor": "#ffffff"}):
                waf = WAF("firewall")
                balancer = ElbApplicationLoadBalancer("balancer\nTLS, sign-on")
                nat = NATGateway("NAT\n(none, one, each)")
            with Cluster("private", graph_attr=BOX | {"bgcolor": "#ffffff"}):
                bots = [Fargate("bot, zone a"), Fargate("bot, zone b")]
                endpoint = Sagemaker("reader's endpoint\n(or none)")
        table = Dynamodb("table\nrecords, threads")
        with Cluster("What tasks are started with", graph_attr=BOX | {"bgcolor": "#f8fafc"}):
            secrets, images, weights = SecretsManager("secrets"), ECR("images"), S3("weights")
        watch = Cloudwatch("logs, alarms,\ndashboard")

    people >> Edge(color=ASKED, penwidth="2") >> slack
    people >> Edge(color=ASKED, penwidth="2") >> teams
    slack >> Edge(label="1 event", color=ASKED, penwidth="2", fontcolor=ASKED) >> waf
    teams >> Edge(color=ASKED, penwidth="2") >> waf
    name >> Edge(color=KEPT, style="dashed") >> balancer
    waf >> Edge(color=ASKED, penwidth="2") >> balancer
    balancer >> Edge(color=ASKED, penwidth="2") >> bots[0]
    balancer >> Edge(color=ASKED, penwidth="2") >> bots[1]
    bots[0] >> Edge(label="2 recorded, then 200", color=ASKED, penwidth="2", fontcolor=ASKED) >> table
    bots[1] >> Edge(color=ASKED, penwidth="2") >> table
    bots[0] >> Edge(label="3 read", color=ANSWERED, penwidth="2", fontcolor=ANSWERED) >> endpoint
    bots[1] >> Edge(color=ANSWERED, penwidth="2") >> endpoint
    bots[0] >> Edge(label="4 answered", color=ANSWERED, penwidth="2", fontcolor=ANSWERED) >> nat
    nat >> Edge(color=ANSWERED, penwidth="2", constraint="false") >> slack
    nat >> Edge(color=ANSWERED, penwidth="2", constraint="false") >> teams
    images >> Edge(color=KEPT, style="dashed", constraint="false") >> bots[1]
    bots[1] >> Edge(color=KEPT, style="dashed") >> watch
    secrets - Edge(style="invis") - images
