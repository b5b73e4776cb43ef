"""AWS as Ebb asks it: clients, what their errors mean, endpoints, configs and models as they are."""
